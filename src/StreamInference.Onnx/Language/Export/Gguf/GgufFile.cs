using System.Buffers.Binary;
using System.Text;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export.Gguf;

/// <summary>
/// A GGUF file (llama.cpp's format, versions 2 and 3): metadata and tensors. Counts, lengths, offsets and types are checked against the file before
/// they are believed, so a hostile file costs no more memory than its own size.
/// </summary>
internal sealed class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747;
    private const int MaxNesting = 4;

    private readonly MappedFile _file;
    private readonly string _path;
    private long _at;
    private long _data;

    private GgufFile(string path)
    {
        _path = path;
        _file = new MappedFile(path);
    }

    /// <summary>A tensor as the file has it.</summary>
    /// <param name="Type">Storage type.</param>
    /// <param name="Shape">Slowest dimension first.</param>
    /// <param name="Offset">Start in the file.</param>
    /// <param name="Bytes">Length in the file.</param>
    public sealed record Tensor(GgufType Type, long[] Shape, long Offset, long Bytes)
    {
        public long Elements => Shape.Aggregate(1L, (a, b) => a * b);
    }

    public Dictionary<string, object> Metadata { get; } = [];

    public Dictionary<string, Tensor> Tensors { get; } = [];

    /// <exception cref="ModelLoadException">The file is not GGUF, is cut off, or lies.</exception>
    public static GgufFile Open(string path)
    {
        if (!File.Exists(path)) throw new ModelLoadException($"The model file {path} does not exist.");
        GgufFile file = new(path);
        try
        {
            file.Parse();
            return file;
        }
        catch (InvalidDataException e)
        {
            file.Dispose();
            throw new ModelLoadException($"{path} is broken: it ends in the middle of its header.", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public ReadOnlySpan<byte> Bytes(Tensor tensor) => _file.Bytes(tensor.Offset, tensor.Bytes);

    public void Dispose() => _file.Dispose();

    private void Parse()
    {
        if (_file.Length < 24 || UInt32() != Magic) throw Broken("it does not start with GGUF");
        uint version = UInt32();
        if (version is not (2 or 3)) throw Broken($"version {version} is not read, 2 and 3 are");
        long tensors = Count("tensors", 24), entries = Count("metadata entries", 12);
        for (long i = 0; i < entries; i++)
        {
            string key = Text();
            if (!Metadata.TryAdd(key, Value(UInt32(), 0))) throw Broken($"{key} is there twice");
        }
        List<(string Name, GgufType Type, long[] Shape, long Offset)> read = [];
        for (long i = 0; i < tensors; i++) read.Add(TensorHeader());
        long alignment = Metadata.TryGetValue("general.alignment", out object? set) && set is uint or ulong ? Convert.ToInt64(set, System.Globalization.CultureInfo.InvariantCulture) : 32;
        if (alignment is < 1 or > 1 << 20) throw Broken($"general.alignment is {alignment}");
        _data = (_at + alignment - 1) / alignment * alignment;
        foreach ((string name, GgufType type, long[] shape, long offset) in read) AddTensor(name, type, shape, offset);
    }

    private void AddTensor(string name, GgufType type, long[] shape, long offset)
    {
        try
        {
            long elements = 1;
            foreach (long dimension in shape) elements = checked(elements * dimension);
            if (GgufTypes.Find(type) is not { } layout) throw Broken($"tensor {name} has type {(uint)type}; {GgufTypes.Supported} are read");
            if (shape[^1] % layout.Elements != 0) throw Broken($"tensor {name} has rows of {shape[^1]}, no multiple of {layout.Elements}");
            long bytes = checked(elements / layout.Elements * layout.Bytes);
            if (offset < 0 || offset > _file.Length - _data || bytes > _file.Length - _data - offset) throw Broken($"tensor {name} lies outside the file");
            if (elements > int.MaxValue || bytes > int.MaxValue) throw Broken($"tensor {name} has {elements} elements");
            if (!Tensors.TryAdd(name, new Tensor(type, shape, _data + offset, bytes))) throw Broken($"tensor {name} is there twice");
        }
        catch (OverflowException)
        {
            throw Broken($"tensor {name} has impossible sizes");
        }
    }

    private (string, GgufType, long[], long) TensorHeader()
    {
        string name = Text();
        uint dimensions = UInt32();
        if (dimensions is < 1 or > 4) throw Broken($"tensor {name} has {dimensions} dimensions");
        long[] shape = new long[dimensions];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = UInt64();
            if (size is 0 or > int.MaxValue) throw Broken($"tensor {name} has a dimension of {size}");
            shape[i] = (long)size;
        }
        GgufType type = (GgufType)UInt32();
        ulong offset = UInt64();
        return (name, type, shape, offset > long.MaxValue ? -1 : (long)offset);
    }

    private object Value(uint type, int depth) => type switch
    {
        0 => _file.Bytes(Step(1), 1)[0],
        1 => (sbyte)_file.Bytes(Step(1), 1)[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(_file.Bytes(Step(2), 2)),
        3 => BinaryPrimitives.ReadInt16LittleEndian(_file.Bytes(Step(2), 2)),
        4 => UInt32(),
        5 => (int)UInt32(),
        6 => BitConverter.UInt32BitsToSingle(UInt32()),
        7 => _file.Bytes(Step(1), 1)[0] != 0,
        8 => Text(),
        9 when depth < MaxNesting => Array(depth),
        10 => UInt64(),
        11 => (long)UInt64(),
        12 => BitConverter.UInt64BitsToDouble(UInt64()),
        _ => throw Broken($"a metadata value has type {type}"),
    };

    private object[] Array(int depth)
    {
        uint type = UInt32();
        // Each element takes at least a byte (a string eight), so the count is bounded by the file.
        long count = Count("array elements", type is 8 or 10 or 11 or 12 ? 8 : 1);
        object[] values = new object[count];
        for (int i = 0; i < values.Length; i++) values[i] = Value(type, depth + 1);
        return values;
    }

    private long Count(string what, int leastBytes)
    {
        ulong count = UInt64();
        if (count > (ulong)((_file.Length - _at) / leastBytes)) throw Broken($"it claims {count} {what}");
        return (long)count;
    }

    private string Text()
    {
        ulong length = UInt64();
        if (length > (ulong)(_file.Length - _at)) throw Broken($"a text claims {length} bytes");
        return Encoding.UTF8.GetString(_file.Bytes(Step((long)length), (long)length));
    }

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(_file.Bytes(Step(4), 4));

    private ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(_file.Bytes(Step(8), 8));

    private long Step(long length)
    {
        long at = _at;
        _at += length;
        return at;
    }

    private ModelLoadException Broken(string why) => new($"{_path} is broken: {why}.");
}
