namespace StreamInference.Files;

/// <summary>A place in the rows of a job's files.</summary>
/// <param name="File">The place of the file in the job's list.</param>
/// <param name="Row">The next row of that file, from 0.</param>
/// <param name="Offset">The next row of the whole job, from 0.</param>
internal readonly record struct FilePosition(int File, long Row, long Offset);
