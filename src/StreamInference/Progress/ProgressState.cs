namespace StreamInference.Progress;

/// <summary>The first byte of a progress value. What follows is the runner's own.</summary>
public static class ProgressState
{
    /// <summary>The request goes on behind what this slot holds.</summary>
    public const byte Running = 1;

    /// <summary>The final result of the request is committed.</summary>
    public const byte Done = 2;

    /// <summary>Whether a slot's value says that the request is finished.</summary>
    public static bool IsDone(ReadOnlySpan<byte> value) => value.Length > 0 && value[0] == Done;
}
