"""What programs elsewhere need to ask a page of ours: `movements.client`."""
