using System.Reflection;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Tests.Protocol;

public sealed class GoldenMessagesTests
{
    [Fact]
    public void Every_version_reads_and_writes_the_bytes_of_the_java_client()
    {
        var lines = Lines().ToList();
        Assert.True(lines.Count > 300);
        foreach (var (type, version, bytes) in lines)
        {
            var reader = Wire.Reader(bytes);
            reader.Flexible = version >= type.FlexibleFrom;
            var message = type.Create();
            message.Transfer(reader, version);
            Assert.True(reader.Remaining == 0, $"{type.Type.Name} version {version} leaves {reader.Remaining} bytes");

            using var writer = Wire.Writer();
            writer.Flexible = reader.Flexible;
            message.Transfer(writer, version);
            Assert.True(bytes.AsSpan().SequenceEqual(writer.ToArray()), $"{type.Type.Name} version {version} writes other bytes");
        }
    }

    [Fact]
    public void Every_api_has_golden_bytes_in_both_directions() =>
        Assert.Empty(MessageType.All.Select(static each => (each.Key, each.IsRequest)).Except(Lines().Select(static line => (line.Type.Key, line.Type.IsRequest))));

    private static IEnumerable<(MessageType Type, short Version, byte[] Bytes)> Lines()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("golden-messages.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var parts = line.Split(' ');
            yield return (MessageType.Find(short.Parse(parts[0]), parts[1] == "request"), short.Parse(parts[2]), Convert.FromHexString(parts[3]));
        }
    }
}
