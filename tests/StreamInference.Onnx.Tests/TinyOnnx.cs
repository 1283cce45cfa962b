using System.Text;

namespace StreamInference.Onnx.Tests;

/// <summary>Writes small ONNX models (onnx.proto) for tests that need a behaviour no real model has.</summary>
internal sealed class TinyOnnx
{
    private const int Float = 1;
    private const int Text = 8;
    private readonly MemoryStream _graph = new();

    internal int IrVersion { get; init; } = 8;

    internal int Opset { get; init; } = 17;

    /// <summary>A float tensor comes in; a null dimension is free.</summary>
    internal TinyOnnx Input(string name, params int?[] shape) => ValueInfo(11, name, shape, Float);

    internal TinyOnnx Output(string name, params int?[] shape) => ValueInfo(12, name, shape, Float);

    internal TinyOnnx TextOutput(string name, params int?[] shape) => ValueInfo(12, name, shape, Text);

    internal TinyOnnx Node(string operation, string[] inputs, string[] outputs, params (string Name, long Value)[] attributes)
    {
        MemoryStream node = new();
        foreach (string input in inputs) WriteText(node, 1, input);
        foreach (string output in outputs) WriteText(node, 2, output);
        WriteText(node, 4, operation);
        foreach ((string name, long value) in attributes)
        {
            MemoryStream attribute = new();
            WriteText(attribute, 1, name);
            WriteNumber(attribute, 3, value);
            WriteNumber(attribute, 20, 2);
            WriteMessage(node, 5, attribute);
        }

        WriteMessage(_graph, 1, node);
        return this;
    }

    internal TinyOnnx Constant(string name, int[] shape, params float[] values)
    {
        MemoryStream tensor = new();
        foreach (int dimension in shape) WriteNumber(tensor, 1, dimension);
        WriteNumber(tensor, 2, Float);
        WriteText(tensor, 8, name);
        byte[] raw = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, raw, 0, raw.Length);
        WriteBytes(tensor, 9, raw);
        WriteMessage(_graph, 5, tensor);
        return this;
    }

    internal TinyOnnx Texts(string name, params string[] values)
    {
        MemoryStream tensor = new();
        WriteNumber(tensor, 1, values.Length);
        WriteNumber(tensor, 2, Text);
        foreach (string value in values) WriteText(tensor, 6, value);
        WriteText(tensor, 8, name);
        WriteMessage(_graph, 5, tensor);
        return this;
    }

    internal byte[] ToBytes()
    {
        MemoryStream model = new();
        WriteNumber(model, 1, IrVersion);
        MemoryStream graph = new();
        graph.Write(_graph.ToArray());
        WriteText(graph, 2, "tiny");
        WriteMessage(model, 7, graph);
        MemoryStream opset = new();
        WriteText(opset, 1, "");
        WriteNumber(opset, 2, Opset);
        WriteMessage(model, 8, opset);
        return model.ToArray();
    }

    /// <summary>y = x, a row of <paramref name="width"/> floats each.</summary>
    internal static TinyOnnx Identity(int width = 1) =>
        new TinyOnnx().Input("x", null, width).Node("Identity", ["x"], ["y"]).Output("y", null, width);

    private TinyOnnx ValueInfo(int field, string name, int?[] shape, int type)
    {
        MemoryStream dimensions = new();
        foreach (int? size in shape)
        {
            MemoryStream dimension = new();
            if (size is { } fixedSize) WriteNumber(dimension, 1, fixedSize);
            else WriteText(dimension, 2, "N");
            WriteMessage(dimensions, 1, dimension);
        }

        MemoryStream tensor = new();
        WriteNumber(tensor, 1, type);
        WriteMessage(tensor, 2, dimensions);
        MemoryStream typeProto = new();
        WriteMessage(typeProto, 1, tensor);
        MemoryStream info = new();
        WriteText(info, 1, name);
        WriteMessage(info, 2, typeProto);
        WriteMessage(_graph, field, info);
        return this;
    }

    private static void WriteText(MemoryStream into, int field, string text) => WriteBytes(into, field, Encoding.UTF8.GetBytes(text));

    private static void WriteMessage(MemoryStream into, int field, MemoryStream message) => WriteBytes(into, field, message.ToArray());

    private static void WriteBytes(MemoryStream into, int field, byte[] bytes)
    {
        WriteVarint(into, (ulong)((field << 3) | 2));
        WriteVarint(into, (ulong)bytes.Length);
        into.Write(bytes);
    }

    private static void WriteNumber(MemoryStream into, int field, long value)
    {
        WriteVarint(into, (ulong)(field << 3));
        WriteVarint(into, (ulong)value);
    }

    private static void WriteVarint(MemoryStream into, ulong value)
    {
        for (; value >= 0x80; value >>= 7) into.WriteByte((byte)(value | 0x80));
        into.WriteByte((byte)value);
    }
}
