using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Cli.Transfer;

return await CommandLine.RunAsync(args, Console.Out, Console.Error,
    DraftCommand.Create(),
    ModelsCommand.Create(),
    VerifyCommand.Create(TimeProvider.System),
    ExportCommand.Create(TimeProvider.System),
    ArchiveCommand.Create(TimeProvider.System),
    HoldCommand.Create(TimeProvider.System),
    AuditCommand.Create(TimeProvider.System),
    BackupCommand.Create(TimeProvider.System),
    RestoreCommand.Create(TimeProvider.System),
    MigrateCommand.Create(TimeProvider.System),
    WitnessCommand.Create(),
    KeysCommand.Create(),
    ClusterSecretsCommand.Create(TimeProvider.System),
    MerkleVectorsCommand.Create());
