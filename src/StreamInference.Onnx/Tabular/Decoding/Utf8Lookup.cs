using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Tabular;

/// <summary>Finds the index of a UTF-8 name in a fixed list without allocating.</summary>
internal sealed class Utf8Lookup
{
    private readonly byte[][] _names;

    // Open addressing: index + 1 of the name, 0 for a free place. At most half full.
    private readonly int[] _places;

    internal Utf8Lookup(IReadOnlyList<string> names)
    {
        _names = [.. names.Select(System.Text.Encoding.UTF8.GetBytes)];
        int size = 4;
        while (size < _names.Length * 2) size *= 2;
        _places = new int[size];
        for (int index = 0; index < _names.Length; index++) _places[FreePlace(_names[index])] = index + 1;
    }

    /// <summary>The name's index; -1 when it is not in the list.</summary>
    internal int Find(ReadOnlySpan<byte> name)
    {
        for (uint place = Hash(name); ; place++)
        {
            int entry = _places[place & (uint)(_places.Length - 1)];
            if (entry == 0) return -1;
            if (name.SequenceEqual(_names[entry - 1])) return entry - 1;
        }
    }

    private int FreePlace(ReadOnlySpan<byte> name)
    {
        uint place = Hash(name);
        while (_places[place & (uint)(_places.Length - 1)] != 0) place++;
        return (int)(place & (uint)(_places.Length - 1));
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = (uint)name.Length;
        for (; name.Length >= 4; name = name[4..]) hash = (hash ^ MemoryMarshal.Read<uint>(name)) * 0x9E3779B1;
        foreach (byte next in name) hash = (hash ^ next) * 0x01000193;
        return hash ^ (hash >> 15);
    }
}
