namespace StreamInference.Tests.ProtocolModel;

/// <summary>
/// The progress protocol, every interleaving within small bounds: the protocol as it is built has no state in which a reader sees a gap, a repeat
/// or a wrong progress, and each of six variants that leave out a rule has one.
/// </summary>
/// <remarks><c>PROTOCOL_MODEL_LARGE=1</c> explores larger bounds: minutes, and some gigabytes.</remarks>
public sealed class ProgressProtocolModelTests
{
    private static readonly bool IsLarge = Environment.GetEnvironmentVariable("PROTOCOL_MODEL_LARGE") == "1";

    public static TheoryData<int, int, int, int> Bounds() => IsLarge
        ? new() { { 1, 2, 4, 2 }, { 2, 1, 3, 3 }, { 1, 3, 4, 2 } }
        : new() { { 1, 2, 3, 2 }, { 2, 1, 2, 3 } };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void The_protocol_holds_in_every_state(int requests, int tokens, int transactions, int generations)
    {
        foreach (ProtocolVariant variant in new[] { ProtocolVariant.Kept, ProtocolVariant.OffsetsSentEarly })
        {
            Exploration<Step> found = Explore(new ModelSize(requests, tokens, transactions, generations), variant);
            Assert.True(found.Violation is null, $"{variant}: {found.Violation}\n{string.Join(" ; ", found.Trace)}");
            // What was never taken was not checked.
            StepKind[] missing = [.. Enum.GetValues<StepKind>().Except(found.Taken.Select(step => step.Kind)).Except([StepKind.SendNoOffsets])];
            Assert.Empty(missing);
        }
    }

    [Theory]
    [InlineData(ProtocolVariant.RestoresToLastStableOffset, 2)]
    [InlineData(ProtocolVariant.EndBeforeCommittedOffset, 2)]
    [InlineData(ProtocolVariant.NoOffsetWhenUnmoved, 2)]
    [InlineData(ProtocolVariant.LostAnswerIsAbort, 2)]
    [InlineData(ProtocolVariant.NoGenerationCheck, 2)]
    [InlineData(ProtocolVariant.UnstableCommittedOffset, 1)]
    internal void Without_one_of_its_rules_it_does_not(ProtocolVariant variant, int tokens) =>
        Assert.NotNull(Explore(new ModelSize(1, tokens, 3, 3), variant).Violation);

    private static Exploration<Step> Explore(ModelSize size, ProtocolVariant variant)
    {
        ProgressProtocolModel model = new(size, variant);
        Exploration<Step> found = new StateExplorer<ModelState, Step>(model.AddSteps, new ProtocolInvariants(size).Violation).Explore(new ModelState(size));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{variant}, {size.Requests} requests of {size.Tokens} tokens, {size.Transactions} transactions, {size.Generations} generations: {found.States} states in {found.Elapsed.TotalSeconds:F1} s");
        if (found.Violation is { } violation) TestContext.Current.TestOutputHelper?.WriteLine($"{violation} after {found.Trace.Count} steps: {string.Join(" ; ", found.Trace)}");
        return found;
    }
}
