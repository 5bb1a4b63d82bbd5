using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace JamEmr.Scribe.Inference;

/// <summary>A first run of a model whose inputs nobody has described.</summary>
internal static class TrialRun
{
    /// <summary>Runs the model on zeros of its declared shapes, 1 standing for every open dimension.</summary>
    public static void WithZeros(InferenceSession session)
    {
        var inputs = session.InputMetadata.Select(input => Zeros(input.Key, input.Value)).ToList();
        using var outputs = session.Run(inputs);
    }

    private static NamedOnnxValue Zeros(string name, NodeMetadata node)
    {
        var shape = Array.ConvertAll(node.Dimensions, dimension => Math.Max(1, dimension));
        return node.ElementDataType switch
        {
            TensorElementType.Float => Of<float>(name, shape),
            TensorElementType.Double => Of<double>(name, shape),
            TensorElementType.Float16 => Of<Float16>(name, shape),
            TensorElementType.Int64 => Of<long>(name, shape),
            TensorElementType.Int32 => Of<int>(name, shape),
            TensorElementType.UInt8 => Of<byte>(name, shape),
            TensorElementType.Bool => Of<bool>(name, shape),
            _ => throw new NotSupportedException($"Input {name} of the model holds {node.ElementDataType}: give a trial run of its own."),
        };
    }

    private static NamedOnnxValue Of<T>(string name, int[] shape) => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(shape));
}
