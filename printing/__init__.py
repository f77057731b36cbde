"""What goes onto paper: PDF documents and the QR codes of payments; knows nothing of whose they are."""
