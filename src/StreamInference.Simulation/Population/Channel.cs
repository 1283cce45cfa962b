namespace StreamInference.Simulation;

/// <summary>How the card was used.</summary>
public enum Channel
{
    /// <summary>Card present: the card was at the terminal. Written as <c>CP</c>.</summary>
    CardPresent,

    /// <summary>Card not present: number typed into a web shop. Written as <c>CNP</c>.</summary>
    CardNotPresent,
}
