using System.Globalization;

namespace StreamInference.Broker.Logs;

/// <summary>
/// The folder of one log: a file per segment, named by its base offset as in Kafka, and the start offset where it was
/// moved. There are no index files: opening reads the segments through, which checks every batch and rebuilds the
/// index and the producers' state. What is torn at the end is cut off.
/// </summary>
internal sealed class FileSegmentStore : SegmentStore
{
    private const string Extension = ".log";

    private readonly string _directory;
    private readonly string _startPath;

    public FileSegmentStore(string directory)
    {
        _directory = directory;
        _startPath = Path.Combine(directory, "start-offset");
        Directory.CreateDirectory(directory);
        if (File.Exists(_startPath)) StartOffset = long.Parse(File.ReadAllText(_startPath), CultureInfo.InvariantCulture);
    }

    /// <summary>Where an earlier run's log was cut because the bytes after it were no whole batch.</summary>
    public (string Path, int Position)? CutAt { get; private set; }

    public override long MergeBytes => int.MaxValue;

    public override List<LogSegment> Open(ProducerStates producers, long now)
    {
        var segments = new List<LogSegment>();
        var files = Directory.GetFiles(_directory, "*" + Extension).Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < files.Count; i++)
        {
            var baseOffset = long.Parse(Path.GetFileNameWithoutExtension(files[i]), CultureInfo.InvariantCulture);
            // After a cut, a shorter log is better than one with a hole; a file whose offsets the one before it has was
            // merged into that one.
            if (CutAt is not null || (segments.Count > 0 && baseOffset < segments[^1].EndOffset))
            {
                File.Delete(files[i]);
                continue;
            }
            segments.Add(Open(files[i], baseOffset, producers, now));
        }
        return segments;
    }

    public override LogSegment Create(long baseOffset, int firstBatchBytes, long now, LogOptions options) =>
        new(baseOffset, now, FileSegmentStorage.Create(PathOf(baseOffset)));

    /// <summary>
    /// The new file takes the first one's place in one step; then the others go, oldest first, so that what is left after
    /// an interruption never has an older value without the newer one that replaced it.
    /// </summary>
    public override LogSegment Replace(IReadOnlyList<LogSegment> old, IReadOnlyList<byte[]> batches)
    {
        var path = PathOf(old[0].BaseOffset);
        var temporary = path + ".cleaned";
        using (var file = File.Create(temporary))
        {
            foreach (var batch in batches) file.Write(batch);
        }
        old[0].Storage.Dispose();
        File.Move(temporary, path, overwrite: true);
        foreach (var merged in old.Skip(1)) merged.Storage.Delete();
        var segment = new LogSegment(old[0].BaseOffset, old[^1].CreatedAt, FileSegmentStorage.Open(path)) { LastAppendAt = old[^1].LastAppendAt };
        segment.IndexAll(batches);
        return segment;
    }

    public override void SaveStart(long offset)
    {
        var temporary = _startPath + ".new";
        File.WriteAllText(temporary, offset.ToString(CultureInfo.InvariantCulture));
        File.Move(temporary, _startPath, overwrite: true);
        StartOffset = offset;
    }

    public override void Delete() => Directory.Delete(_directory, recursive: true);

    private static long Milliseconds(DateTime utc) => new DateTimeOffset(utc).ToUnixTimeMilliseconds();

    private string PathOf(long baseOffset) => Path.Combine(_directory, baseOffset.ToString("D20", CultureInfo.InvariantCulture) + Extension);

    private LogSegment Open(string path, long baseOffset, ProducerStates producers, long now)
    {
        var storage = FileSegmentStorage.Open(path);
        var segment = new LogSegment(baseOffset, Milliseconds(File.GetCreationTimeUtc(path)), storage) { LastAppendAt = Milliseconds(File.GetLastWriteTimeUtc(path)) };
        var end = SegmentScan.Run(storage, segment, producers, now);
        if (end < storage.Length)
        {
            CutAt = (path, end);
            storage.Truncate(end);
        }
        return segment;
    }
}
