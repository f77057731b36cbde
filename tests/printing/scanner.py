"""What a bank's app does: look at a picture and say what its QR code holds, by a decoder that is not ours."""

import io

import pypdfium2
import typst
import zxingcpp
from PIL import Image

_PAGE = b"#set page(width: 50mm, height: 50mm, margin: 0mm)\n#image(bytes(sys.inputs.svg), width: 100%)"


def drawn(svg: str) -> Image.Image:
    """Return the picture as a screen of middling sharpness shows it."""
    png = typst.compile(_PAGE, format="png", ppi=120, sys_inputs={"svg": svg}, ignore_system_fonts=True)
    return Image.open(io.BytesIO(png)).convert("L")


def page_of(pdf: bytes, number: int = 0) -> Image.Image:
    """Return a page as a printer of middling sharpness prints it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture: Image.Image = document[number].render(scale=2).to_pil().convert("L")
    finally:
        document.close()
    return picture


def scanned(picture: Image.Image) -> list[zxingcpp.Barcode]:
    """Return the codes that are seen in the picture."""
    return list(
        zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    )
