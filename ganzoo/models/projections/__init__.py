"""Projections: the latent whose sample is nearest to a given one."""
