"""The tests of `flask_corsguard.testing`."""
