using StreamInference.Simulation.Vision;

namespace StreamInference.Cli.Producing;

/// <summary>Drawn frames of cameras above belts of parts, without end.</summary>
internal sealed class CameraFeed(ulong seed, int cameras) : IRecordFeed
{
    private readonly CameraStream _cameras = new(seed, cameras);

    public bool TryNext(out FeedRecord record)
    {
        FrameRecord frame = _cameras.Next(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        record = new FeedRecord(frame.Key, frame.Value, frame.Headers);
        return true;
    }
}
