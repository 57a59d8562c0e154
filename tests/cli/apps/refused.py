"""An application that the guard refuses."""

from flask import Flask

from flask_corsguard import CORSGuard

app = Flask("refused")
CORSGuard(app, origins=["example.com", "https://app.example.com/"], metods=["PUT"])
