namespace StreamInference.Simulation;

/// <summary>Events in a window and the sum of their amounts.</summary>
internal readonly record struct WindowTotal(int Count, long Sum);
