"""The layers that a model text may name, and how a text becomes them.

>>> layers = build(parse("Embedding(27, 10)\\nResidual(Linear(10, 10), Tanh())"))
"""

from collections.abc import Sequence

from core.nn.characters import Counts, OneHot
from core.nn.containers import Gated, Residual, Skip, SkipSum
from core.nn.convolution import CausalConv1d
from core.nn.layers import BatchNorm1d, Embedding, FlattenConsecutive, Layer, Linear, ReLU, Tanh
from core.nn.notation import LayerSpec
from core.nn.positions import LastPosition, PositionEmbedding
from core.nn.torch_layers import GRU, LSTM, RNN, TransformerEncoderLayer

LAYERS: dict[str, type[Layer]] = {
    layer.__name__: layer
    for layer in (
        Embedding,
        OneHot,
        Counts,
        FlattenConsecutive,
        LastPosition,
        PositionEmbedding,
        Linear,
        CausalConv1d,
        BatchNorm1d,
        Tanh,
        ReLU,
        Residual,
        Gated,
        Skip,
        SkipSum,
        RNN,
        GRU,
        LSTM,
        TransformerEncoderLayer,
    )
}


def build(specs: Sequence[LayerSpec]) -> list[Layer]:
    """Layers as written, with weights of 0."""
    return [LAYERS[spec.kind](*build(spec.inside), *spec.args, **spec.kwargs) for spec in specs]
