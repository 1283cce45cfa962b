using System.Globalization;
using System.Text;

namespace StreamInference.Simulation.Vision;

/// <summary>A frame as a record of the topic <c>frames</c>.</summary>
/// <param name="Key">The camera's name.</param>
/// <param name="Value">A PNG, or raw RGB.</param>
/// <param name="Headers">Those of <c>topics/vision/frame-headers.schema.json</c>, as UTF-8 texts.</param>
/// <param name="Defects">What is in the frame, for checks; not part of the record.</param>
public sealed record FrameRecord(byte[] Key, byte[] Value, IReadOnlyList<KeyValuePair<string, byte[]?>> Headers, IReadOnlyList<DefectBox> Defects);

/// <summary>Several parts cameras that take a frame in turn, without end: the same seed gives the same frames.</summary>
public sealed class CameraStream
{
    private readonly PartsCamera[] _cameras;
    private readonly byte[][] _names;
    private readonly bool _raw;
    private readonly CameraFrame _frame = new(PartsCamera.Width, PartsCamera.Height);
    private long _next;

    /// <summary>Creates the cameras.</summary>
    /// <param name="seed">The seed of the first camera; the others have the seeds after it.</param>
    /// <param name="cameras">How many, at least 1; they are called <c>camera-1</c> and so on.</param>
    /// <param name="raw">Raw pixels with headers instead of PNG: larger records, less work.</param>
    public CameraStream(ulong seed = 1, int cameras = 4, bool raw = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cameras, 1);
        _cameras = [.. Enumerable.Range(0, cameras).Select(i => new PartsCamera(seed + (ulong)i))];
        _names = [.. Enumerable.Range(1, cameras).Select(i => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"camera-{i}")))];
        _raw = raw;
    }

    /// <summary>Draws the next frame.</summary>
    /// <param name="timestamp">When it is taken, in milliseconds since the Unix epoch.</param>
    public FrameRecord Next(long timestamp)
    {
        int camera = (int)(_next % _cameras.Length);
        long index = _next++ / _cameras.Length;
        _cameras[camera].Draw(index, _frame);
        List<KeyValuePair<string, byte[]?>> headers = [Header("frame", index), Header("timestamp", timestamp)];
        if (_raw) headers.AddRange([new("pixel-format", "rgb24"u8.ToArray()), Header("width", _frame.Width), Header("height", _frame.Height)]);
        byte[] value = _raw ? [.. _frame.Rgb] : PngEncoder.Encode(_frame.Rgb, _frame.Width, _frame.Height);
        return new(_names[camera], value, headers, [.. _frame.Defects]);
    }

    private static KeyValuePair<string, byte[]?> Header(string name, long value) => new(name, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
}
