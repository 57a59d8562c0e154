"""An application that keeps the origins of its tenants in a database."""

import os

from flask import Flask
from sqlalchemy import create_engine

from flask_corsguard import CORSGuard
from flask_corsguard.stores import SQLAlchemyOrigins

app = Flask("tenants")
store = SQLAlchemyOrigins(
    create_engine(os.environ["DATABASE_URL"]), scope=lambda head: str(head.view_args["tenant"])
)
CORSGuard(app, origins=[store], credentials=True)


@app.get("/<tenant>/orders")
def orders(tenant: str) -> list[str]:
    return [tenant]
