"""An application without a guard."""

from flask import Flask

app = Flask("bare")
