// The table of providers stands here.
