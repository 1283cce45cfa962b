using System.Text;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>
/// What an ONNX file says of its operators, read from the file itself (onnx.proto: ModelProto.graph 7, GraphProto.node 1 and initializer 5): a
/// session does not tell attributes.
/// </summary>
internal sealed record GraphScan
{
    public required IReadOnlyDictionary<string, int> Operators { get; init; }

    public required IReadOnlyList<AttentionNode> Attention { get; init; }

    /// <summary>Bits of MatMulNBits nodes, with how many there are of each.</summary>
    public required IReadOnlyDictionary<long, int> QuantizedBits { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<long>> InitializerShapes { get; init; }

    public bool Has(string op) => Operators.ContainsKey(op);

    /// <summary>A GroupQueryAttention node's integer attributes and inputs.</summary>
    public sealed record AttentionNode(IReadOnlyDictionary<string, long> Attributes, IReadOnlyList<string> Inputs)
    {
        public long Attribute(string name, long otherwise) => Attributes.GetValueOrDefault(name, otherwise);
    }

    /// <exception cref="ModelLoadException">The file is not an ONNX model.</exception>
    public static GraphScan Read(string path)
    {
        try
        {
            return OnnxFile.Read(path, model => Read(model, path));
        }
        catch (InvalidDataException e)
        {
            throw new ModelLoadException($"{path} is not an ONNX model: {e.Message}", e);
        }
    }

    private static GraphScan Read(ReadOnlySpan<byte> model, string path)
    {
        Dictionary<string, int> operators = [];
        Dictionary<long, int> bits = [];
        Dictionary<string, IReadOnlyList<long>> shapes = [];
        List<AttentionNode> attention = [];
        ProtobufReader reader = new(model);
        bool found = false;
        while (reader.TryRead())
        {
            if (reader.Field != 7) continue;
            found = true;
            ProtobufReader graph = new(reader.Bytes);
            while (graph.TryRead())
            {
                if (graph.Field == 1) ReadNode(graph.Bytes, operators, bits, attention);
                else if (graph.Field == 5) ReadInitializer(graph.Bytes, shapes);
            }
        }
        if (!found) throw new ModelLoadException($"{path} is not an ONNX model: it has no graph.");
        return new GraphScan { Operators = operators, Attention = attention, QuantizedBits = bits, InitializerShapes = shapes };
    }

    private static void ReadNode(ReadOnlySpan<byte> node, Dictionary<string, int> operators, Dictionary<long, int> bits, List<AttentionNode> attention)
    {
        string op = string.Empty;
        List<string> inputs = [];
        Dictionary<string, long> attributes = [];
        ProtobufReader reader = new(node);
        while (reader.TryRead())
        {
            if (reader.Field == 1) inputs.Add(Encoding.UTF8.GetString(reader.Bytes));
            else if (reader.Field == 4) op = Encoding.UTF8.GetString(reader.Bytes);
            else if (reader.Field == 5) ReadAttribute(reader.Bytes, attributes);
        }
        operators[op] = operators.GetValueOrDefault(op) + 1;
        if (op == "GroupQueryAttention") attention.Add(new AttentionNode(attributes, inputs));
        if (op == "MatMulNBits") bits[attributes.GetValueOrDefault("bits", 4)] = bits.GetValueOrDefault(attributes.GetValueOrDefault("bits", 4)) + 1;
    }

    private static void ReadAttribute(ReadOnlySpan<byte> attribute, Dictionary<string, long> attributes)
    {
        string name = string.Empty;
        ProtobufReader reader = new(attribute);
        while (reader.TryRead())
        {
            if (reader.Field == 1) name = Encoding.UTF8.GetString(reader.Bytes);
            else if (reader.Field == 3) attributes[name] = (long)reader.Number;
        }
    }

    private static void ReadInitializer(ReadOnlySpan<byte> tensor, Dictionary<string, IReadOnlyList<long>> shapes)
    {
        string name = string.Empty;
        List<long> shape = [];
        ProtobufReader reader = new(tensor);
        while (reader.TryRead())
        {
            if (reader.Field == 1 && reader.Bytes.IsEmpty) shape.Add((long)reader.Number);
            else if (reader.Field == 1) ReadPacked(reader.Bytes, shape);
            else if (reader.Field == 8) name = Encoding.UTF8.GetString(reader.Bytes);
        }
        shapes[name] = shape;
    }

    private static void ReadPacked(ReadOnlySpan<byte> packed, List<long> into)
    {
        ulong value = 0;
        int shift = 0;
        foreach (byte b in packed)
        {
            value |= (ulong)(b & 0x7f) << shift;
            shift += 7;
            if (b >= 0x80) continue;
            into.Add((long)value);
            (value, shift) = (0, 0);
        }
    }
}
