namespace JamEmr.Scribe.Inference;

/// <summary>The smallest model there is, y = x, to find out what inference runs on before any real model is here.</summary>
public static class ProbeModel
{
    /// <summary>Its name in logs.</summary>
    public const string Name = "probe";

    /// <summary>ONNX bytes of one Identity node over one float.</summary>
    public static byte[] Bytes()
    {
        byte[] node = [.. Text(1, "x"), .. Text(2, "y"), .. Text(4, "Identity")];
        byte[] graph = [.. Field(1, node), .. Text(2, "probe"), .. Field(11, Value("x")), .. Field(12, Value("y"))];
        return [.. Number(1, 8), .. Field(7, graph), .. Field(8, [.. Text(1, ""), .. Number(2, 13)])];
    }

    /// <summary>ValueInfoProto: a name and the type "float, shape [1]".</summary>
    private static byte[] Value(string name)
    {
        var shape = Field(1, Number(1, 1));
        var tensor = Field(1, [.. Number(1, 1), .. Field(2, shape)]);
        return [.. Text(1, name), .. Field(2, tensor)];
    }

    private static byte[] Text(int field, string text) => Field(field, System.Text.Encoding.UTF8.GetBytes(text));

    // Every length and number here is below 128, so one byte is a whole protobuf varint.
    private static byte[] Field(int field, byte[] content) => [(byte)((field << 3) | 2), checked((byte)content.Length), .. content];

    private static byte[] Number(int field, byte value) => [(byte)(field << 3), value];
}
