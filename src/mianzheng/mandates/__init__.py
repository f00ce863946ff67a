"""Mandates 委托 as SD-JWT VC: issued by an authority, verified by gateways; who may act, where, and for how long.

Pure: no store, no clock. Import the module that holds the noun; this package re-exports nothing.
"""
