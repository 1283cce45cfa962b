using System.Buffers;
using System.Text;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tabular;

/// <summary>The classes of an output that was a sequence of maps, in the order of the tensor's columns.</summary>
internal sealed record ClassColumns(IReadOnlyList<string> Classes);

/// <summary>
/// Changes a graph where its outputs cannot be written into buffers of ours. ZipMap nodes go: scikit-learn's and LightGBM's converters put one behind
/// the probabilities by default, it makes a map for each row, which costs more than the model, and the tensor before it has the same numbers. Declared
/// shapes with a fixed first axis go: LightGBM's label is declared [1] and has N values, and ONNX Runtime takes a buffer of the declared shape only.
/// </summary>
/// <remarks>Fields of onnx.proto: ModelProto.graph 7, opset_import 8; GraphProto.node 1, output 12; ValueInfoProto.name 1, type 2; TypeProto.tensor_type
/// 1; Tensor.elem_type 1 (1 is float), shape 2; TensorShapeProto.dim 1; Dimension.dim_value 1.</remarks>
internal static class GraphRewriter
{
    private const int Graph = 7;
    private const int OpsetImport = 8;
    private const int Node = 1;
    private const int Output = 12;
    private const ulong FloatElements = 1;

    /// <summary>The classes of each output that is a sequence of maps until <see cref="Apply"/> changes it.</summary>
    internal static IReadOnlyDictionary<string, ClassColumns> FindClasses(ReadOnlySpan<byte> model) =>
        FindMaps(model).ToDictionary(pair => pair.Key, pair => new ClassColumns(pair.Value.Classes));

    /// <summary>Gives the changed model; null when nothing needs to change.</summary>
    internal static byte[]? Apply(ReadOnlySpan<byte> model)
    {
        Dictionary<string, ZipMapNode> maps = FindMaps(model);
        bool changed = false;
        ArrayBufferWriter<byte> rewritten = new(Math.Max(1, model.Length));
        ProtobufReader fields = new(model);
        while (fields.TryRead())
        {
            if (fields.Field != Graph)
            {
                rewritten.Write(fields.Whole);
                continue;
            }

            changed |= WriteGraph(fields.Bytes, maps, rewritten);
        }

        if (!changed) return null;
        if (maps.Count > 0) ImportDefaultDomain(model, rewritten);
        return rewritten.WrittenSpan.ToArray();
    }

    private static Dictionary<string, ZipMapNode> FindMaps(ReadOnlySpan<byte> model)
    {
        Dictionary<string, ZipMapNode> maps = [];
        ProtobufReader fields = new(Find(model, Graph));
        while (fields.TryRead())
            if (fields.Field == Node && ZipMapNode.Read(fields.Bytes) is { } map) maps.TryAdd(map.Output, map);
        return maps;
    }

    private static bool WriteGraph(ReadOnlySpan<byte> graph, Dictionary<string, ZipMapNode> maps, ArrayBufferWriter<byte> model)
    {
        bool changed = false;
        ArrayBufferWriter<byte> rewritten = new(Math.Max(1, graph.Length));
        ProtobufReader fields = new(graph);
        while (fields.TryRead())
        {
            byte[]? replacement = fields.Field switch
            {
                Node => ZipMapNode.Read(fields.Bytes) is { } map ? Identity(map) : null,
                Output => ReplaceOutput(fields.Bytes, maps),
                _ => null,
            };
            if (replacement is null) rewritten.Write(fields.Whole);
            else ProtobufWriter.WriteBytes(rewritten, fields.Field, replacement);
            changed |= replacement is not null;
        }

        ProtobufWriter.WriteBytes(model, Graph, rewritten.WrittenSpan);
        return changed;
    }

    // Keeps the output's name; the optimizer takes the copy away.
    private static byte[] Identity(ZipMapNode map)
    {
        ArrayBufferWriter<byte> node = new();
        ProtobufWriter.WriteText(node, 1, map.Input);
        ProtobufWriter.WriteText(node, 2, map.Output);
        ProtobufWriter.WriteText(node, 4, "Identity");
        return node.WrittenSpan.ToArray();
    }

    // Identity is an operator of the default domain, which a model of ai.onnx.ml alone does not import.
    private static void ImportDefaultDomain(ReadOnlySpan<byte> model, ArrayBufferWriter<byte> rewritten)
    {
        if (OnnxModelHeader.Read(model) is not { } header || header.Opsets.Any(opset => opset.Domain is "" or "ai.onnx")) return;
        ArrayBufferWriter<byte> opset = new();
        ProtobufWriter.WriteNumber(opset, 2, 13);
        ProtobufWriter.WriteBytes(rewritten, OpsetImport, opset.WrittenSpan);
    }

    private static byte[]? ReplaceOutput(ReadOnlySpan<byte> valueInfo, Dictionary<string, ZipMapNode> maps)
    {
        string name = Encoding.UTF8.GetString(Find(valueInfo, 1));
        if (maps.ContainsKey(name)) return TensorOfAnyShape(name, FloatElements);
        ReadOnlySpan<byte> tensor = Find(Find(valueInfo, 2), 1);
        ReadOnlySpan<byte> firstAxis = Find(Find(tensor, 2), 1);
        return FindNumber(firstAxis, 1) is null || FindNumber(tensor, 1) is not { } elements ? null : TensorOfAnyShape(name, elements);
    }

    private static byte[] TensorOfAnyShape(string name, ulong elements)
    {
        ArrayBufferWriter<byte> tensor = new();
        ProtobufWriter.WriteNumber(tensor, 1, elements);
        ArrayBufferWriter<byte> type = new();
        ProtobufWriter.WriteBytes(type, 1, tensor.WrittenSpan);
        ArrayBufferWriter<byte> info = new();
        ProtobufWriter.WriteText(info, 1, name);
        ProtobufWriter.WriteBytes(info, 2, type.WrittenSpan);
        return info.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> message, int field)
    {
        ProtobufReader fields = new(message);
        while (fields.TryRead())
            if (fields.Field == field) return fields.Bytes;
        return [];
    }

    private static ulong? FindNumber(ReadOnlySpan<byte> message, int field)
    {
        ProtobufReader fields = new(message);
        while (fields.TryRead())
            if (fields.Field == field) return fields.Number;
        return null;
    }
}
