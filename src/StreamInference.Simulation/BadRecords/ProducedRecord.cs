namespace StreamInference.Simulation;

/// <summary>What <see cref="TransactionStream.WriteNext"/> has written.</summary>
/// <param name="Sequence">The transaction's <c>seq</c>; a bad record takes the place of its transaction.</param>
/// <param name="UnixMilliseconds">Simulated time.</param>
/// <param name="Scenario">The transaction's truth.</param>
/// <param name="BadRecord">How the record is bad, or <see cref="BadRecordKind.None"/>.</param>
public readonly record struct ProducedRecord(long Sequence, long UnixMilliseconds, FraudScenario Scenario, BadRecordKind BadRecord)
{
    /// <summary>Whether the record is to be produced with a null value (nothing was written), not with an empty one.</summary>
    public bool IsNullValue => BadRecord == BadRecordKind.NullValue;
}
