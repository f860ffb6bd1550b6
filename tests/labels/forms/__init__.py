"""Label files of every form, written and read here in other ways than the product does."""

from tests.labels.forms.azureml import read_azureml, write_azureml
from tests.labels.forms.coco import coco_of, read_coco, write_coco
from tests.labels.forms.custom_vision import read_custom_vision, write_custom_vision
from tests.labels.forms.cvat import read_cvat, write_cvat
from tests.labels.forms.label_studio import read_label_studio, write_label_studio
from tests.labels.forms.labelme import read_labelme, write_labelme
from tests.labels.forms.photo import FormUnderTest, Photo
from tests.labels.forms.voc import read_voc, write_voc
from tests.labels.forms.yolo import read_yolo, write_yolo

__all__ = ["FORMS", "FormUnderTest", "Photo", "coco_of"]

_BOXES = frozenset({"boxes"})
_SHAPES = _BOXES | {"polygons"}
_POINTS = _SHAPES | {"keypoints"}
_MASKS = _POINTS | {"masks"}
_ANY = (0, 1, 2)

FORMS = [
    FormUnderTest(
        "coco", write_coco, read_coco, _MASKS, _ANY,
        coordinates=frozenset({"bbox", "area", "segmentation", "keypoints", "width", "height"}),
    ),
    FormUnderTest("yolo", write_yolo, read_yolo, _POINTS, _ANY, is_folder=True),
    FormUnderTest(
        "azureml", write_azureml, read_azureml, _SHAPES,
        coordinates=frozenset(
            {"topX", "topY", "bottomX", "bottomY", "polygon", "width", "height"}
        ),
    ),
    FormUnderTest(
        "cvat", write_cvat, read_cvat, _MASKS, _ANY,
        coordinates=frozenset(
            {"xtl", "ytl", "xbr", "ybr", "points", "width", "height", "rle", "left", "top"}
        ),
    ),
    FormUnderTest(
        "label-studio", write_label_studio, read_label_studio, _POINTS,
        coordinates=frozenset(
            {"x", "y", "width", "height", "points", "original_width", "original_height"}
        ),
    ),
    FormUnderTest(
        "voc", write_voc, read_voc, _BOXES,
        coordinates=frozenset({"xmin", "ymin", "xmax", "ymax", "width", "height"}),
    ),
    FormUnderTest(
        "labelme", write_labelme, read_labelme, _POINTS,
        coordinates=frozenset({"points", "imageWidth", "imageHeight"}),
    ),
    FormUnderTest(
        "custom-vision", write_custom_vision, read_custom_vision, _BOXES,
        coordinates=frozenset({"left", "top", "width", "height"}),
    ),
]  # fmt: skip
