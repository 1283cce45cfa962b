using System.IO.Compression;

namespace StreamInference.Files.Reading;

/// <summary>
/// Decompresses gzip and notices every cut: a <see cref="GZipStream"/> takes the end of the file inside a member's checksum for the end of the data. An
/// empty member behind the file makes it look at the checksum.
/// </summary>
internal static class GzipFile
{
    private static readonly byte[] EmptyMember = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static Stream Open(FileStream file) => new GZipStream(new Appended(file), CompressionMode.Decompress);

    private sealed class Appended(FileStream file) : Stream
    {
        private int _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = file.Read(buffer);
            if (read > 0) return read;
            int some = Math.Min(buffer.Length, EmptyMember.Length - _given);
            EmptyMember.AsSpan(_given, some).CopyTo(buffer);
            _given += some;
            return some;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}
