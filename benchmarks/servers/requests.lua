-- What wrk sends, and what it tells at the end, in one line of JSON for wrk.py.
-- Arguments: the method, the number of URLs to ask for in turn, and `Name=value` for each header.

local requests = {}
local last = 0

function init(args)
    local headers = {}
    for i = 3, #args do
        local name, value = args[i]:match("^([^=]+)=(.*)$")
        headers[name] = value
    end
    for i = 1, tonumber(args[2]) do
        requests[i] = wrk.format(args[1], "/items/" .. i, headers)
    end
end

function request()
    last = last % #requests + 1
    return requests[last]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "microseconds": %d, "connect": %d, "read": %d, "write": %d, ' ..
        '"timeout": %d, "status": %d, "median": %d, "p99": %d}\n',
        summary.requests, summary.duration, errors.connect, errors.read, errors.write,
        errors.timeout, errors.status, latency:percentile(50), latency:percentile(99)
    ))
end
