"""An application with something of everything, for the commands to look at."""

from flask import Blueprint, Flask

from flask_corsguard import CORSGuard, cross_origin, same_origin

app = Flask("shop")
api = Blueprint("api", __name__, url_prefix="/api")
admin = Blueprint("admin", __name__, url_prefix="/admin")
print("the shop is open")  # noqa: T201 - what an application prints is not the command's output


@api.get("/orders")
def orders() -> list[str]:
    return []


@api.put("/orders/<int:number>")
@cross_origin(origins=["https://app.example.com"], allow_headers=["X-Request-Id"], name="orders")
def change_order(number: int) -> list[str]:
    return []


@admin.get("/")
def start() -> str:
    return ""


@app.get("/secret/")
@same_origin
def secret() -> str:
    return ""


@app.get("/feed")
def feed() -> str:
    return ""


@app.get("/health")
def health() -> str:
    return ""


app.register_blueprint(api)
cross_origin(origins=["https://admin.example.com"], credentials=True)(admin)
app.register_blueprint(admin)
app.config["TRUSTED_HOSTS"] = ["api.example.com", "127.0.0.1"]
CORSGuard(
    app,
    max_age=300,
    resources={
        "/api/*": {"origins": ["https://*.example.com"]},
        "/feed": {"origins": "*"},
        "/old/*": {"origins": ["https://old.example.com"]},
        "/secret/": {"origins": "*"},
    },
)
