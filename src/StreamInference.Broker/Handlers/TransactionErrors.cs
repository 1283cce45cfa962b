namespace StreamInference.Broker.Handlers;

/// <summary>PRODUCER_FENCED is known to clients from version 2 of the transaction APIs on; before, it had the epoch's code.</summary>
internal static class TransactionErrors
{
    public static ErrorCode ForVersion(ErrorCode error, short version) =>
        error == ErrorCode.ProducerFenced && version < 2 ? ErrorCode.InvalidProducerEpoch : error;
}
