"""The model text: what it means, and a clear answer to everything that is not one."""

import ast
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.nn.notation import MAX_TEXT, LayerSpec, ModelTextError, canonical, lines, mended, parse
from core.nn.signatures import SIGNATURES

SPECS = st.one_of(
    st.builds(lambda v, c: LayerSpec("Embedding", (v, c)), st.integers(2, 4096), st.integers(1, 64)),
    st.builds(lambda n: LayerSpec("FlattenConsecutive", (n,)), st.integers(1, 64)),
    st.builds(
        lambda i, o, bias: LayerSpec("Linear", (i, o), {} if bias else {"bias": False}),
        st.integers(1, 128),
        st.integers(1, 128),
        st.booleans(),
    ),
    st.builds(
        lambda n, kwargs: LayerSpec("BatchNorm1d", (n,), kwargs),
        st.integers(1, 4096),
        st.fixed_dictionaries(
            {},
            optional={
                "eps": st.floats(1e-12, 1).filter(lambda x: x != 1e-5),
                "momentum": st.floats(1e-3, 1).filter(lambda x: x != 0.1),
                "unbiased": st.just(False),
                "dims": st.just(0),
            },
        ),
    ),
    st.just(LayerSpec("Tanh")),
)
SPECS = st.recursive(
    SPECS,
    lambda inner: st.one_of(
        st.builds(lambda inside: LayerSpec("Residual", inside=tuple(inside)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one, two: LayerSpec("Gated", inside=(one, two)), inner, inner),
    ),
    max_leaves=4,
)


def message_of(text: str) -> str:
    with pytest.raises(ModelTextError) as error:
        parse(text)
    return str(error.value)


@given(st.lists(SPECS, min_size=1, max_size=12))
def test_canonical_text_reads_back_as_the_same_layers(specs):
    again = parse(canonical(specs))
    assert again == specs
    assert [spec.line for spec in again] == list(range(1, len(specs) + 1))
    assert canonical(parse(canonical(again))) == canonical(again)


@pytest.mark.parametrize(
    ("written", "canonical_text"),
    [
        ("Linear(20,68,False)", "Linear(20, 68, bias=False)"),
        ("Linear(fan_out=68, fan_in=20)", "Linear(20, 68)"),
        ("Linear(20, 68, bias=True)", "Linear(20, 68)"),
        ("  Tanh ( ) ,  # squash", "Tanh()"),
        ("BatchNorm1d(68, dims=0, eps=1e-3)", "BatchNorm1d(68, eps=0.001, dims=0)"),
        ("BatchNorm1d(68, momentum=1)", "BatchNorm1d(68, momentum=1.0)"),
        ("BatchNorm1d(n=68, eps=0.00001, dims=None)", "BatchNorm1d(68)"),
    ],
)
def test_calls_that_mean_the_same_are_equal(written, canonical_text):
    spec = parse(written)[0]
    assert str(spec) == canonical_text
    assert spec == parse(canonical_text)[0]
    assert hash(spec) == hash(parse(canonical_text)[0])


def test_arguments_carry_the_defaults():
    spec = parse("BatchNorm1d(68, dims=0)")[0]
    assert spec.args == (68,)
    assert spec.kwargs == {"dims": 0}
    assert spec.arguments == {"n": 68, "eps": 1e-5, "momentum": 0.1, "unbiased": True, "dims": 0}


def test_lines_are_those_of_the_text():
    text = "# a model\r\n\r\nEmbedding(27, 10),\r\n\tFlattenConsecutive(8),  # all, at once (with brackets)\rTanh()\n"
    assert [(spec.kind, spec.line) for spec in parse(text)] == [
        ("Embedding", 3),
        ("FlattenConsecutive", 4),
        ("Tanh", 5),
    ]


@pytest.mark.parametrize(
    ("text", "parameters"),
    [("Embedding(27, 10)", 270), ("Linear(20, 68)", 1428), ("Linear(20, 68, bias=False)", 1360), ("Tanh()", 0)],
)
def test_parameters(text, parameters):
    assert parse(text)[0].parameters == parameters


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the model text is empty: write one layer a line, first Embedding(27, 10)"),
        ("# nothing\n\n", "line 1: the model text is empty: write one layer a line, first Embedding(27, 10)"),
        (
            "Tanh()\n__import__('os')",
            "line 2: there is no layer __import__: use Embedding, OneHot, Counts, ",
        ),
        ("().__class__.__bases__[0]()", "line 1: there is no layer ().__class__.__bases__[0]: use Embedding, OneHot, "),
        ("Linear(20, __import__('os').getpid())", "line 1: fan_out of Linear is __import__('os').getpid(): write "),
        ("Tanh.__class__", "line 1: Tanh.__class__ is not a layer call: write a layer such as Linear(20, 68)"),
        ("Tanh", "line 1: Tanh is not a layer call: write a layer such as Tanh()"),
        ("lambda: Tanh()", "line 1: lambda: Tanh() is not a layer call"),
        ("[Tanh() for _ in range(9)]", "line 1: [Tanh() for _ in range(9)] is not a layer call"),
        ("import os", "line 1: cannot read import os (invalid syntax): write each layer on one line"),
        ("x = Tanh()", "line 1: cannot read x = Tanh() ("),
        ("Tanh()\n\nLinear(20,", "line 3: cannot read Linear(20, ('(' was never closed): write each layer on one line"),
        ("Tanh(\0)", "line 1: cannot read Tanh("),
        ("Lineer(20, 68)", "line 1: there is no layer Lineer; did you mean Linear?"),
        ("BatchNorm(68)", "line 1: there is no layer BatchNorm; did you mean BatchNorm1d?"),
        ("tanh()", "line 1: there is no layer tanh; did you mean Tanh?"),
        ("Conv1d(20, 20)", "line 1: there is no layer Conv1d; did you mean CausalConv1d?"),
        ("Flatten()", "line 1: there is no layer Flatten: write FlattenConsecutive(n)"),
        ("Flatten(8)", "line 1: there is no layer Flatten; did you mean FlattenConsecutive?"),
        ("__import__('os').system('ls')", "line 1: there is no layer __import__('os').system: use Embedding, "),
        ("nn.Linear(20, 68)", "line 1: write Linear without nn."),
        ("Linear(20)", "line 1: Linear needs fan_out: write Linear(fan_in, fan_out, bias=True"),
        ("Tanh(3)", "line 1: Tanh got 1 argument: write Tanh()"),
        ("Linear(1, 2, True, 4, 5, 6)", "line 1: Linear got 6 arguments: write Linear(fan_in, fan_out, bias=True"),
        ("Linear(20, 68, width=3)", "line 1: Linear has no argument width: write Linear(fan_in, fan_out, bias=True"),
        ("Linear(20, 68, fan_in=3)", "line 1: Linear got fan_in twice: write Linear(fan_in, fan_out, bias=True"),
        ("Linear(*sizes)", "line 1: stars are not allowed: write the arguments of Linear(fan_in, fan_out, bias=True"),
        ("Linear(**sizes)", "line 1: stars are not allowed"),
        ("Linear(20, n_hidden)", "line 1: fan_out of Linear is n_hidden: write a whole number from 1 to 4,096"),
        ("Linear(20, 68.0)", "line 1: fan_out of Linear is 68.0: write a whole number from 1 to 4,096"),
        ("Linear(20, True)", "line 1: fan_out of Linear is True: write a whole number from 1 to 4,096"),
        ("Linear(20, '68')", "line 1: fan_out of Linear is '68': write a whole number from 1 to 4,096"),
        ("Linear(20, 0)", "line 1: fan_out of Linear is 0: write a whole number from 1 to 4,096"),
        ("Linear(20, -1)", "line 1: fan_out of Linear is -1: write a whole number from 1 to 4,096"),
        ("Linear(20, 4097)", "line 1: fan_out of Linear is 4097: write a whole number from 1 to 4,096"),
        ("Linear(20, 9**9**9)", "line 1: fan_out of Linear is 9**9**9: write a whole number from 1 to 4,096"),
        ("Linear(20, " + "9" * 480 + ")", "line 1: fan_out of Linear is " + "9" * 37 + "...: write a whole number"),
        ("Linear(20, 68, bias=1)", "line 1: bias of Linear is 1: write True or False"),
        ("Linear(20, 68, bias=None)", "line 1: bias of Linear is None: write True or False"),
        ("BatchNorm1d(68, dims=False)", "line 1: dims of BatchNorm1d is False: write None or 0"),
        ("BatchNorm1d(68, dims=(0, 1))", "line 1: dims of BatchNorm1d is (0, 1): write None or 0"),
        ("BatchNorm1d(68, eps=0)", "line 1: eps of BatchNorm1d is 0: write a number above 0 and up to 1"),
        ("BatchNorm1d(68, eps=1e999)", "line 1: eps of BatchNorm1d is 1e999: write a number above 0 and up to 1"),
        ("BatchNorm1d(68, momentum=nan)", "line 1: momentum of BatchNorm1d is nan: write a number above 0"),
        ("BatchNorm1d(68, momentum=-True)", "line 1: momentum of BatchNorm1d is -True: write a number above 0"),
        ("FlattenConsecutive(65)", "line 1: n of FlattenConsecutive is 65: write a whole number from 1 to 64"),
        ("Embedding(1, 10)", "line 1: vocab of Embedding is 1: write a whole number from 2 to 4,096"),
        ("Tanh(), Tanh()", "line 1: has 2 layers: write one layer a line"),
        ("Tanh()\n" * 201, "line 201: a model has at most 200 layers"),
        (
            "Embedding(4096, 4096)\nLinear(4096, 4096)",
            "line 2: the layers up to here have 33,558,528 parameters, at most 20,000,000 are allowed",
        ),
        ("a" * (MAX_TEXT + 1), "the model text has 20,001 characters: at most 20,000 are allowed"),
        ("Tanh(" + " " * 500 + ")", "line 1: has 506 characters: at most 500 are allowed"),
    ],
)
def test_wrong_text_is_answered_with_line_and_cure(text, message):
    answer = message_of(text)
    assert answer.startswith(message)
    assert len(answer) < 300


@pytest.mark.parametrize("text", ["(" * 490, "-" * 490 + "1", "Linear(" + "-" * 480 + "1, 2)", "a." * 240 + "b()"])
def test_deep_nesting_is_answered(text):
    assert message_of(text).startswith("line 1: ")


@given(st.text(st.characters(), max_size=80))
def test_any_text_at_all_is_answered(text):
    """Nothing but a list of layers or a ModelTextError, whatever is typed."""
    with contextlib.suppress(ModelTextError):
        assert parse(text)


@given(st.text("LinearTh()[]{},.0123456789-+*'\"#=:_ \n", max_size=60))
def test_any_text_that_looks_like_code_is_answered(text):
    with contextlib.suppress(ModelTextError):
        assert parse(text)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("linear(20, 68, bias=False)", "Linear(20, 68, bias=False)"),
        ("torch.nn.Linear(20, 68),  # as in torch", "Linear(20, 68)"),
        ("Tanh", "Tanh()"),
        ("Linear(20, 68), Tanh(),", "Linear(20, 68)\nTanh()"),
    ],
)
def test_the_fix_of_a_line_is_a_text_that_parses(text, fix):
    with pytest.raises(ModelTextError) as error:
        parse(text)
    assert error.value.fix == fix
    assert parse(fix)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("Embedding(27, 10)\x0c\nTanh", "Embedding(27, 10)\x0c\nTanh()"),  # a form feed ends no line
        ("Tanh()  # a\x85b\u2028c\r\n\rtanh()\n", "Tanh()  # a\x85b\u2028c\n\nTanh()\n"),
        ("Tanh(), Tanh()\nTanh()", "Tanh()\nTanh()\nTanh()"),
    ],
)
def test_a_fix_goes_where_the_error_counts(text, fixed):
    with pytest.raises(ModelTextError) as error:
        parse(text)
    assert mended(text, error.value) == fixed
    assert parse(fixed)


def test_a_fix_may_take_a_line_out_or_be_none():
    assert mended("Tanh()\nEmbedding(27, 10)\nTanh()", ModelTextError(2, "", fix="")) == "Tanh()\nTanh()"
    assert mended("Tanh(", ModelTextError(1, "")) == mended("Tanh(", ModelTextError(None, "", fix="Tanh()")) == "Tanh("


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1))
def test_lines_end_at_line_ends_only(parts):
    for end in ("\n", "\r\n", "\r"):
        assert lines(end.join(parts)) == parts


def test_a_signature_reads_as_python():
    """What errors print is the call a person would write."""
    assert [str(signature) for signature in SIGNATURES.values()] == [
        "Embedding(vocab, n_embd)",
        "OneHot(vocab)",
        "Counts(vocab, smoothing=1.0)",
        "FlattenConsecutive(n)",
        "LastPosition()",
        "PositionEmbedding(t, c)",
        "Linear(fan_in, fan_out, bias=True, std=None, bias_std=0.0)",
        "CausalConv1d(fan_in, fan_out, kernel=2, dilation=1, bias=True)",
        "BatchNorm1d(n, eps=1e-05, momentum=0.1, unbiased=True, dims=None)",
        "Tanh()",
        "ReLU()",
        "Residual(layer, ...)",
        "Gated(filter, gate)",
        "Skip(fan_in, fan_out, bias=True)",
        "SkipSum()",
        "RNN(fan_in, hidden)",
        "GRU(fan_in, hidden)",
        "LSTM(fan_in, hidden)",
        "TransformerEncoderLayer(d_model, nhead, dim_feedforward)",
    ]
    assert all(ast.parse(str(signature), mode="eval") for signature in SIGNATURES.values())


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("Residual()", "Residual got 0 layers: write Residual(layer, ...)", None),
        ("Gated(Tanh())", "Gated got 1 layer: write Gated(filter, gate)", None),
        ("Residual(3)", "Residual holds layers and nothing else: write Residual(Linear(20, 20))", None),
        ("Gated(Tanh(), gate=Tanh())", "Gated holds layers and nothing else", None),
        ("Residual(" * 4 + "Tanh()" + ")" * 4, "layers nest at most 4 deep", None),
        ("Residual(tanh(), nn.Linear(3, 3))", "there is no layer tanh; did you mean Tanh?", True),
    ],
)
def test_layers_inside_layers_are_checked_like_all_others(text, message, fix):
    with pytest.raises(ModelTextError) as error:
        parse(text)
    assert error.value.message.startswith(message)
    if fix:
        assert error.value.fix == "Residual(Tanh(), nn.Linear(3, 3))"


def test_a_container_counts_and_lists_what_it_holds():
    (spec,) = parse("Residual(Gated(Linear(4, 4), Linear(4, 4, bias=False)), Tanh())")
    assert spec.parameters == 20 + 16
    assert spec.own_parameters == 0
    assert [inner.kind for inner in spec.flat()] == ["Linear", "Linear", "Gated", "Tanh", "Residual"]
