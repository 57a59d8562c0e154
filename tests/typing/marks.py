"""
Mark views and blueprints: what is marked keeps its type.
"""

from typing import assert_type

from flask import Blueprint, Flask, Response
from flask.views import MethodView

from flask_corsguard import Policy, cross_origin, same_origin

app = Flask(__name__)
policy = Policy(origins="https://app.example.com")


@app.get("/user/<int:number>")
@cross_origin(origins=["https://app.example.com"], credentials=True)
def show_user(number: int) -> str:
    return str(number)


@same_origin
@app.post("/user")
def create_user() -> Response:
    return Response(status=201)


@cross_origin("partners")
async def report(*, year: int) -> dict[str, int]:
    return {"year": year}


@cross_origin(policy)
class Items(MethodView):
    size = 10

    @same_origin
    def delete(self) -> str:
        return ""


assert_type(show_user(7), str)
assert_type(create_user(), Response)
assert_type(Items.size, int)
assert_type(Items().delete(), str)

blueprint = Blueprint("api", __name__)
assert_type(cross_origin(origins="*")(blueprint), Blueprint)
assert_type(same_origin(blueprint), Blueprint)


async def use() -> None:
    assert_type(await report(year=2026), dict[str, int])
    show_user("seven")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


cross_origin(origins="*", suports_credentials=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
cross_origin(["https://app.example.com"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
cross_origin(policy=policy)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
