"""Tests of the UniFi Access adapter."""
