using System.Diagnostics;

namespace StreamInference.Tests.ProtocolModel;

/// <summary>Visits every state that can be reached, breadth first, so that the first violation found is one of the shortest.</summary>
/// <param name="successors">Adds the steps that are possible in a state, and where each leads.</param>
/// <param name="violation">What is wrong with a state; null when nothing is.</param>
internal sealed class StateExplorer<TState, TStep>(Action<TState, List<(TStep Step, TState Next)>> successors, Func<TState, string?> violation)
    where TState : IEquatable<TState>
    where TStep : struct
{
    private readonly List<TState> _states = [];
    private readonly List<(int Parent, TStep Step)> _origins = [];
    private readonly Dictionary<TState, int> _known = [];

    /// <summary>Explores from <paramref name="initial"/> to the end or to the first violation.</summary>
    public Exploration<TStep> Explore(TState initial)
    {
        long started = Stopwatch.GetTimestamp();
        HashSet<TStep> taken = [];
        List<(TStep Step, TState Next)> next = [];
        Enter(initial, -1, default);
        for (int at = 0; at < _states.Count; at++)
        {
            if (violation(_states[at]) is { } what) return new Exploration<TStep>(at + 1, what, TraceTo(at), taken, Stopwatch.GetElapsedTime(started));
            next.Clear();
            successors(_states[at], next);
            foreach ((TStep step, TState state) in next)
            {
                taken.Add(step);
                Enter(state, at, step);
            }
        }

        return new Exploration<TStep>(_states.Count, null, [], taken, Stopwatch.GetElapsedTime(started));
    }

    private void Enter(TState state, int parent, TStep step)
    {
        if (!_known.TryAdd(state, _states.Count)) return;
        _states.Add(state);
        _origins.Add((parent, step));
    }

    private List<TStep> TraceTo(int at)
    {
        List<TStep> trace = [];
        for (; _origins[at].Parent >= 0; at = _origins[at].Parent) trace.Add(_origins[at].Step);
        trace.Reverse();
        return trace;
    }
}

/// <summary>What an exploration found.</summary>
/// <param name="States">States visited.</param>
/// <param name="Violation">What went wrong; null: nothing in any state.</param>
/// <param name="Trace">The steps to the violation.</param>
/// <param name="Taken">Every step that was taken somewhere.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record Exploration<TStep>(int States, string? Violation, IReadOnlyList<TStep> Trace, IReadOnlySet<TStep> Taken, TimeSpan Elapsed);
