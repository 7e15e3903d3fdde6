"""Tests of the BAS-IP adapter."""
