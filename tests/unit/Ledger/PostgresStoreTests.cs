
namespace JamEmr.Tests.Unit.Ledger;

public sealed class PostgresAppendTests() : AppendTests(() => new PostgresLedger());

public sealed class PostgresQueryTests() : QueryTests(() => new PostgresLedger());

public sealed class PostgresConcurrencyTests() : ConcurrencyTests(() => new PostgresLedger());

public sealed class PostgresHoldAndCheckpointTests() : HoldAndCheckpointTests(() => new PostgresLedger());

public sealed class PostgresReleaseTests() : ReleaseTests(() => new PostgresLedger());

public sealed class PostgresGoldenTests() : GoldenTests(() => new PostgresLedger());
