using System.IO.MemoryMappedFiles;

namespace StreamInference.Onnx.Sessions;

/// <summary>Looks into an ONNX file where it lies: weights are not copied, and pages that nobody looks at are not read.</summary>
internal static class OnnxFile
{
    /// <summary>Gives what <paramref name="read"/> makes of the serialized model.</summary>
    /// <exception cref="InvalidDataException">The file is empty, or larger than an ONNX file can be; <paramref name="read"/> throws it too.</exception>
    internal static unsafe T Read<T>(string path, Func<ReadOnlySpan<byte>, T> read)
    {
        long length = new FileInfo(path).Length;
        if (length is 0 or > int.MaxValue) throw new InvalidDataException($"it has {length} bytes; an ONNX file has up to 2 GiB, larger weights are external data");
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return read(new ReadOnlySpan<byte>(start + view.PointerOffset, (int)length));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}
