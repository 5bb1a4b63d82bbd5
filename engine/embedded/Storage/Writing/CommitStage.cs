namespace JamEmr.Engine.Storage.Writing;

/// <summary>The moments of a group commit at which a test may make the disk fail.</summary>
internal enum CommitStage
{
    /// <summary>Before the transaction.</summary>
    BeforeBegin,

    /// <summary>All operations are applied.</summary>
    BeforeCommit,

    /// <summary>The commit has returned, nobody has been told.</summary>
    AfterCommit,
}
