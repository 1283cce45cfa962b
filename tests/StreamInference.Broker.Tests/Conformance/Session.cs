using StreamInference.Broker.Protocol;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Tests.Logs;
using StreamInference.Broker.Tests.Network;

namespace StreamInference.Broker.Tests.Conformance;

/// <summary>
/// Asks single questions of the broker. The answers that the tests beside it expect are those that Apache Kafka 4.3.1 gave to
/// the same questions.
/// </summary>
internal sealed class Session(RawClient client, string topic) : IDisposable
{
    public string Topic { get; } = topic;

    public string Transaction { get; } = $"tx-{topic}";

    public string Group { get; } = $"group-{topic}";

    public static async Task<Session> OpenAsync(EndToEnd.BrokerFixture fixture) =>
        new(await RawClient.ConnectAsync(fixture.Broker), await fixture.TopicAsync(partitions: 2));

    public Task<(ErrorCode Error, long Offset)> ProduceAsync(TestBatch batch, int partition = 0, string? topic = null) =>
        ProduceAsync(batch.ToBytes(), partition, topic);

    public async Task<(ErrorCode Error, long Offset)> ProduceAsync(byte[] batch, int partition = 0, string? topic = null)
    {
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 1000,
            TopicData = [new() { Name = topic ?? Topic, PartitionData = [new() { Index = partition, Records = new RecordData(batch) }] }],
        };
        var answer = (await client.AskAsync<ProduceRequest, ProduceResponse>(request, 7)).Responses[0].PartitionResponses[0];
        return (answer.ErrorCode, answer.BaseOffset);
    }

    public async Task<(ErrorCode Error, long Id, short Epoch)> InitAsync(string? id, int timeoutMs = 60_000, long producerId = -1, short epoch = -1)
    {
        var request = new InitProducerIdRequest { TransactionalId = id, TransactionTimeoutMs = timeoutMs, ProducerId = producerId, ProducerEpoch = epoch };
        var answer = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, 4);
        return (answer.ErrorCode, answer.ProducerId, answer.ProducerEpoch);
    }

    public async Task<ErrorCode> AddAsync(long producerId, short epoch, string? topic = null)
    {
        var request = new AddPartitionsToTxnRequest
        {
            TransactionalId = Transaction,
            ProducerId = producerId,
            ProducerEpoch = epoch,
            Topics = [new() { Name = topic ?? Topic, Partitions = [0] }],
        };
        return (await client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 2)).Topics[0].ResultsByPartition[0].PartitionErrorCode;
    }

    public async Task<ErrorCode> AddOffsetsAsync(long producerId, short epoch)
    {
        var request = new AddOffsetsToTxnRequest { TransactionalId = Transaction, ProducerId = producerId, ProducerEpoch = epoch, GroupId = Group };
        return (await client.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(request, 2)).ErrorCode;
    }

    public async Task<ErrorCode> TxnOffsetCommitAsync(
        long producerId, short epoch, int generation, string member, string? instance = null, string? topic = null, string? group = null)
    {
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = Transaction,
            GroupId = group ?? Group,
            ProducerId = producerId,
            ProducerEpoch = epoch,
            GenerationId = generation,
            MemberId = member,
            GroupInstanceId = instance,
            Topics = [new() { Name = topic ?? Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 5, CommittedMetadata = "" }] }],
        };
        return (await client.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, 3)).Topics[0].Partitions[0].ErrorCode;
    }

    public async Task<ErrorCode> EndAsync(long producerId, short epoch, bool commit)
    {
        var request = new EndTxnRequest { TransactionalId = Transaction, ProducerId = producerId, ProducerEpoch = epoch, Committed = commit };
        return (await client.AskAsync<EndTxnRequest, EndTxnResponse>(request, 2)).ErrorCode;
    }

    public async Task<ErrorCode> OffsetCommitAsync(int generation, string member, string? instance = null, string? group = null, string? topic = null, string metadata = "")
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group ?? Group,
            GenerationIdOrMemberEpoch = generation,
            MemberId = member,
            GroupInstanceId = instance,
            Topics = [new() { Name = topic ?? Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 3, CommittedMetadata = metadata }] }],
        };
        return (await client.AskAsync<OffsetCommitRequest, OffsetCommitResponse>(request, 7)).Topics[0].Partitions[0].ErrorCode;
    }

    public async Task<(ErrorCode Error, long Offset)> OffsetFetchAsync(bool requireStable, string? topic = null)
    {
        var request = new OffsetFetchRequest { GroupId = Group, RequireStable = requireStable, Topics = [new() { Name = topic ?? Topic, PartitionIndexes = [0] }] };
        var answer = (await client.AskAsync<OffsetFetchRequest, OffsetFetchResponse>(request, 7)).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.CommittedOffset);
    }

    public Task<JoinGroupResponse> JoinAsync(string member, string protocol = "range", string type = "consumer", int sessionMs = 10_000, string? group = null) =>
        client.AskAsync<JoinGroupRequest, JoinGroupResponse>(
            new JoinGroupRequest
            {
                GroupId = group ?? Group,
                SessionTimeoutMs = sessionMs,
                RebalanceTimeoutMs = 60_000,
                MemberId = member,
                ProtocolType = type,
                Protocols = protocol.Length == 0 ? [] : [new() { Name = protocol }],
            },
            5);

    public Task<SyncGroupResponse> SyncAsync(string member, int generation, string protocol = "range", string? group = null) =>
        client.AskAsync<SyncGroupRequest, SyncGroupResponse>(
            new SyncGroupRequest
            {
                GroupId = group ?? Group,
                GenerationId = generation,
                MemberId = member,
                ProtocolType = "consumer",
                ProtocolName = protocol,
                Assignments = [new() { MemberId = member, Assignment = new byte[] { 1, 2 } }],
            },
            5);

    public async Task<ErrorCode> HeartbeatAsync(string member, int generation, string? group = null)
    {
        var request = new HeartbeatRequest { GroupId = group ?? Group, GenerationId = generation, MemberId = member };
        return (await client.AskAsync<HeartbeatRequest, HeartbeatResponse>(request, 3)).ErrorCode;
    }

    public async Task<IEnumerable<ErrorCode>> LeaveAsync(string group, params string[] members)
    {
        var request = new LeaveGroupRequest { GroupId = group, Members = [.. members.Select(static id => new LeaveGroupRequest.MemberEntry { MemberId = id })] };
        return (await client.AskAsync<LeaveGroupRequest, LeaveGroupResponse>(request, 3)).Members.Select(static member => member.ErrorCode);
    }

    public async Task<ErrorCode> DeleteGroupAsync(string group) =>
        (await client.AskAsync<DeleteGroupsRequest, DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [group] }, 1)).Results[0].ErrorCode;

    public async Task<FetchResponse.PartitionEntry> FetchAsync(long offset, int partition = 0, int leaderEpoch = -1, int maxBytes = 100_000)
    {
        var request = new FetchRequest
        {
            Topics = [new() { Topic = Topic, Partitions = [new() { Partition = partition, FetchOffset = offset, CurrentLeaderEpoch = leaderEpoch, PartitionMaxBytes = maxBytes }] }],
        };
        return (await client.AskAsync<FetchRequest, FetchResponse>(request, 11)).Responses[0].Partitions[0];
    }

    public async Task<(ErrorCode Error, long Offset)> ListOffsetAsync(long timestamp, int partition = 0, int leaderEpoch = -1)
    {
        var request = new ListOffsetsRequest
        {
            Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = leaderEpoch }] }],
        };
        var answer = (await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(request, 7)).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.Offset);
    }

    public async Task<(ErrorCode Error, int Epoch, long Offset)> EpochEndAsync(int leaderEpoch, int partition = 0)
    {
        var request = new OffsetForLeaderEpochRequest { Topics = [new() { Name = Topic, Partitions = [new() { Partition = partition, LeaderEpoch = leaderEpoch }] }] };
        var answer = (await client.AskAsync<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(request, 2)).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.LeaderEpoch, answer.EndOffset);
    }

    public async Task<(ErrorCode Error, long LowWatermark)> DeleteRecordsAsync(long offset)
    {
        var request = new DeleteRecordsRequest { Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, Offset = offset }] }] };
        var answer = (await client.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(request, 1)).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.LowWatermark);
    }

    public void Dispose() => client.Dispose();
}
