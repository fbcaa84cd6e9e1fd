"""What makes Conto installable: manifest, service worker and the page shown without a connection."""
