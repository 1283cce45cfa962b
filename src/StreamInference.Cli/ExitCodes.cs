namespace StreamInference.Cli;

/// <summary>What the process ends with. Part of the command line's contract; every <c>--help</c> lists them.</summary>
internal static class ExitCodes
{
    /// <summary>Done, or stopped in order where a stop is the ordinary end (run, broker, tail).</summary>
    public const int Ok = 0;

    /// <summary>Something failed; the log says what.</summary>
    public const int Failure = 1;

    /// <summary>The command line or a configuration is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted before the work was done.</summary>
    public const int Interrupted = 130;
}
