// The resolver stands here.
