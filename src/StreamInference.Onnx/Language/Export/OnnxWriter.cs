using System.Runtime.InteropServices;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>
/// Writes an ONNX file by hand (onnx.proto): nodes into memory, tensors straight to a file of external data, so a model larger than memory or
/// than protobuf's 2 GiB can be written.
/// </summary>
internal sealed class OnnxWriter : IDisposable
{
    /// <summary>Domain of ONNX Runtime's own operators.</summary>
    public const string Microsoft = "com.microsoft";

    private const int IrVersion = 10;
    private const int Opset = 21;
    private const int InlineLimit = 1024;
    private const int DataAlignment = 4096;

    private readonly string _path;
    private readonly FileStream _data;
    private readonly bool _ownsData;
    private readonly ProtobufWriter _graph = new();
    private readonly HashSet<string> _tensors = [];
    private readonly Dictionary<string, (long Offset, int Length)> _external;
    private int _names;

    public OnnxWriter(string path)
    {
        _path = path;
        _data = File.Create(path + ".data");
        _ownsData = true;
        _external = [];
    }

    /// <summary>A second graph over the tensors of another: those of the same name are not written again.</summary>
    public OnnxWriter(string path, OnnxWriter sibling) => (_path, _data, _external) = (path, sibling._data, sibling._external);

    public void Input(string name, OnnxType type, params object[] shape) => _graph.Message(11, Value(name, type, shape));

    public void Output(string name, OnnxType type, params object[] shape) => _graph.Message(12, Value(name, type, shape));

    /// <summary>A node with one output that gets a name of its own.</summary>
    public string Node(string op, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = $"{op}_{_names++}";
        Node(op, inputs, [output], attributes);
        return output;
    }

    /// <summary>A node with named outputs; an empty name stands for an output that is not wanted.</summary>
    public void Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        ProtobufWriter node = new();
        foreach (string input in inputs) node.Text(1, input);
        foreach (string output in outputs) node.Text(2, output);
        node.Text(3, outputs[0]);
        node.Text(4, op);
        foreach ((string name, object value) in attributes) node.Message(5, Attribute(name, value));
        if (IsContributed(op)) node.Text(7, Microsoft);
        _graph.Message(1, node);
    }

    public string Floats(string name, ReadOnlySpan<float> values, params long[] shape) => Tensor(name, OnnxType.Float, MemoryMarshal.AsBytes(values), shape);

    public string Longs(string name, ReadOnlySpan<long> values) => Tensor(name, OnnxType.Int64, MemoryMarshal.AsBytes(values), values.Length);

    /// <summary>A constant tensor; a name that was written before is not written again.</summary>
    public string Tensor(string name, OnnxType type, ReadOnlySpan<byte> values, params long[] shape)
    {
        if (!_tensors.Add(name)) return name;
        ProtobufWriter tensor = new();
        foreach (long dimension in shape) tensor.Integer(1, dimension);
        tensor.Integer(2, (int)type);
        tensor.Text(8, name);
        if (values.Length <= InlineLimit) tensor.Bytes(9, values);
        else WriteExternal(tensor, name, values);
        _graph.Message(5, tensor);
        return name;
    }

    /// <summary>Writes the model file; nothing may be added afterwards.</summary>
    public void Save()
    {
        _graph.Text(2, "decoder");
        ProtobufWriter model = new();
        model.Integer(1, IrVersion);
        model.Text(2, "streaminfer");
        foreach ((string domain, long version) in new[] { (string.Empty, (long)Opset), (Microsoft, 1L) })
        {
            ProtobufWriter opset = new();
            opset.Text(1, domain);
            opset.Integer(2, version);
            model.Message(8, opset);
        }
        model.Message(7, _graph);
        File.WriteAllBytes(_path, model.Written);
    }

    public void Dispose()
    {
        if (_ownsData) _data.Dispose();
    }

    private static bool IsContributed(string op)
        => op is "GroupQueryAttention" or "MatMulNBits" or "SkipSimplifiedLayerNormalization" or "GatherBlockQuantized";

    private void WriteExternal(ProtobufWriter tensor, string name, ReadOnlySpan<byte> values)
    {
        if (!_external.TryGetValue(name, out (long Offset, int Length) place))
        {
            place = ((_data.Position + DataAlignment - 1) / DataAlignment * DataAlignment, values.Length);
            _data.Position = place.Offset;
            _data.Write(values);
            _external.Add(name, place);
        }
        if (place.Length != values.Length) throw new InvalidOperationException($"Tensor {name} has two lengths.");
        foreach ((string key, string value) in new[] { ("location", Path.GetFileName(_data.Name)), ("offset", $"{place.Offset}"), ("length", $"{place.Length}") })
        {
            ProtobufWriter entry = new();
            entry.Text(1, key);
            entry.Text(2, value);
            tensor.Message(13, entry);
        }
        tensor.Integer(14, 1);
    }

    private static ProtobufWriter Value(string name, OnnxType type, object[] shape)
    {
        ProtobufWriter dimensions = new();
        foreach (object dimension in shape)
        {
            ProtobufWriter written = new();
            if (dimension is string symbol) written.Text(2, symbol);
            else written.Integer(1, Convert.ToInt64(dimension, System.Globalization.CultureInfo.InvariantCulture));
            dimensions.Message(1, written);
        }
        ProtobufWriter tensor = new(), wrapper = new(), value = new();
        tensor.Integer(1, (int)type);
        tensor.Message(2, dimensions);
        wrapper.Message(1, tensor);
        value.Text(1, name);
        value.Message(2, wrapper);
        return value;
    }

    private static ProtobufWriter Attribute(string name, object value)
    {
        ProtobufWriter attribute = new();
        attribute.Text(1, name);
        switch (value)
        {
            case float single:
                attribute.Single(2, single);
                attribute.Integer(20, 1);
                break;
            case long integer:
                attribute.Integer(3, integer);
                attribute.Integer(20, 2);
                break;
            case long[] integers:
                foreach (long integer in integers) attribute.Integer(8, integer);
                attribute.Integer(20, 7);
                break;
            default:
                throw new ModelLoadException($"No attribute of {value.GetType()} is written.");
        }
        return attribute;
    }
}
