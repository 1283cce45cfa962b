namespace StreamInference.Broker.Handlers;

/// <summary>The handlers by API key.</summary>
internal sealed class HandlerTable
{
    private readonly SortedDictionary<short, IRequestHandler> _handlers = [];

    public HandlerTable(BrokerState state)
    {
        Versions = new ApiVersionsHandler(() => _handlers.Values);
        IRequestHandler[] all =
        [
            Versions, new MetadataHandler(state), new ProduceHandler(state), new FetchHandler(state), new ListOffsetsHandler(state),
            new OffsetForLeaderEpochHandler(state), new FindCoordinatorHandler(state), new JoinGroupHandler(state), new SyncGroupHandler(state),
            new HeartbeatHandler(state), new LeaveGroupHandler(state), new OffsetCommitHandler(state), new OffsetFetchHandler(state),
            new InitProducerIdHandler(state), new AddPartitionsToTxnHandler(state), new AddOffsetsToTxnHandler(state), new EndTxnHandler(state),
            new TxnOffsetCommitHandler(state), new CreateTopicsHandler(state), new DeleteTopicsHandler(state), new CreatePartitionsHandler(state),
            new DescribeConfigsHandler(state), new AlterConfigsHandler(state), new IncrementalAlterConfigsHandler(state),
            new DescribeGroupsHandler(state), new ListGroupsHandler(state), new DeleteGroupsHandler(state), new OffsetDeleteHandler(state),
            new DeleteRecordsHandler(state), new DescribeClusterHandler(state), new DescribeTransactionsHandler(state),
            new ListTransactionsHandler(state), new DescribeProducersHandler(state), new DescribeLogDirsHandler(state),
        ];
        foreach (var handler in all) _handlers.Add((short)handler.Key, handler);
    }

    public ApiVersionsHandler Versions { get; }

    public IRequestHandler? Find(short key) => _handlers.GetValueOrDefault(key);
}
