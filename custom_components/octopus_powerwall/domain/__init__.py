"""The pure core: values in, decisions out. No input or output, no clock, no Home Assistant import."""
