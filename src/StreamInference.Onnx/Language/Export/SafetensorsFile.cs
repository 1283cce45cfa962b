using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text.Json;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>Safetensors weights, one file or several with an index (F32, F16, BF16). Every length and offset of a header is checked before use.</summary>
internal sealed class SafetensorsFile : IWeightSource
{
    private const long MaxHeader = 100_000_000;

    private readonly Dictionary<string, Entry> _entries = [];
    private readonly List<MappedFile> _files = [];

    private SafetensorsFile()
    {
    }

    private sealed record Entry(MappedFile File, string Type, long[] Shape, long Start, long Length);

    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <exception cref="ModelLoadException">The folder has no safetensors, or a header lies.</exception>
    public static SafetensorsFile Open(string folder)
    {
        string[] files = [.. Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new ModelLoadException($"{folder} has no .safetensors file.");
        SafetensorsFile weights = new();
        try
        {
            foreach (string file in files) weights.Add(file);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Gives a tensor a second name, where that name is missing and the tensor is there.</summary>
    public void Alias(string missing, string existing)
    {
        if (_entries.TryGetValue(existing, out Entry? entry)) _entries.TryAdd(missing, entry);
    }

    public IReadOnlyList<long> ShapeOf(string name) => Find(name).Shape;

    public BlockMatrix? ReadBlocks(string name) => null;

    public float[] Read(string name)
    {
        Entry entry = Find(name);
        ReadOnlySpan<byte> bytes = entry.File.Bytes(entry.Start, entry.Length);
        return entry.Type switch
        {
            "F32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "F16" => Widen(MemoryMarshal.Cast<byte, Half>(bytes)),
            _ => WidenBrain(MemoryMarshal.Cast<byte, ushort>(bytes)),
        };
    }

    public void Dispose()
    {
        foreach (MappedFile file in _files) file.Dispose();
    }

    private Entry Find(string name)
        => _entries.TryGetValue(name, out Entry? entry) ? entry : throw new ModelLoadException($"The checkpoint has no tensor {name}.");

    private static float[] Widen(ReadOnlySpan<Half> values)
    {
        float[] wide = new float[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = (float)values[i];
        return wide;
    }

    private static float[] WidenBrain(ReadOnlySpan<ushort> values)
    {
        float[] wide = new float[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = BitConverter.Int32BitsToSingle(values[i] << 16);
        return wide;
    }

    private void Add(string path)
    {
        MappedFile file = new(path);
        _files.Add(file);
        if (file.Length < 8) throw Broken(path, "it is shorter than its header's length");
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, 8));
        if (header > MaxHeader || (long)header > file.Length - 8) throw Broken(path, $"its header claims {header} bytes");
        long start = 8 + (long)header;
        try
        {
            using JsonDocument document = JsonDocument.Parse(file.Bytes(8, (long)header).ToArray());
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (property.Name != "__metadata__") AddEntry(path, file, property, start);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new ModelLoadException($"{path} is broken: {e.Message}", e);
        }
    }

    private void AddEntry(string path, MappedFile file, JsonProperty property, long start)
    {
        string type = property.Value.GetProperty("dtype").GetString() ?? "none";
        int size = type switch
        {
            "F32" => 4,
            "F16" or "BF16" => 2,
            _ => throw Broken(path, $"tensor {property.Name} is {type}; F32, F16 and BF16 are read"),
        };
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        long count = 1;
        foreach (long dimension in shape) count = checked(count * (dimension < 0 ? throw Broken(path, $"tensor {property.Name} has a negative size") : dimension));
        JsonElement offsets = property.Value.GetProperty("data_offsets");
        long from = offsets[0].GetInt64(), to = offsets[1].GetInt64();
        if (from < 0 || to < from || to > file.Length - start) throw Broken(path, $"tensor {property.Name} lies outside the file");
        if (to - from != checked(count * size)) throw Broken(path, $"tensor {property.Name} has {to - from} bytes for {count} values of {type}");
        if (to - from > int.MaxValue) throw Broken(path, $"tensor {property.Name} is larger than 2 GiB");
        if (!_entries.TryAdd(property.Name, new Entry(file, type, shape, start + from, to - from))) throw Broken(path, $"tensor {property.Name} is there twice");
    }

    private static ModelLoadException Broken(string path, string why) => new($"{path} is broken: {why}.");
}

/// <summary>A file mapped for reading.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    public MappedFile(string path)
    {
        Length = new FileInfo(path).Length;
        if (Length == 0) throw new ModelLoadException($"{path} is empty.");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + _view.PointerOffset;
    }

    public long Length { get; }

    public ReadOnlySpan<byte> Bytes(long offset, long length)
    {
        if (offset < 0 || length < 0 || length > int.MaxValue || offset > Length - length) throw new InvalidDataException("A read past the end of the file.");
        return new ReadOnlySpan<byte>(_start + offset, (int)length);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
