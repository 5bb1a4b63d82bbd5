using JamEmr.Cli;
using JamEmr.Cli.Commands;

return await CommandLine.RunAsync(args, Console.Out, Console.Error,
    DraftCommand.Create(),
    ModelsCommand.Create(),
    VerifyCommand.Create(TimeProvider.System),
    ExportCommand.Create(TimeProvider.System),
    ArchiveCommand.Create(TimeProvider.System),
    HoldCommand.Create(TimeProvider.System),
    AuditCommand.Create(TimeProvider.System),
    WitnessCommand.Create(),
    KeysCommand.Create(),
    MerkleVectorsCommand.Create());
