//! What is tried, in the order in which a cluster could see it.

mod installed;
mod load;
mod losses;
mod nobody;
mod own_objects;
mod release;
mod removed;
mod report;
mod skew;
mod workloads;

use std::path::PathBuf;

use crate::cluster::Cluster;
use crate::guard;
use report::Report;

type Removal = (&'static str, &'static str, fn(&mut Report, &mut Cluster));

/// Every way to take it out of a cluster.
const REMOVALS: [Removal; 3] = [
    ("uninstall", "helm uninstall, under failurePolicy: Fail", |report, cluster| {
        removed::by_helm(report, cluster);
    }),
    ("manifest", "kubectl delete -f manifests/install.yaml, under Fail", |report, cluster| {
        removed::by_manifest(report, cluster);
    }),
    ("namespace", "kubectl delete namespace, under failurePolicy: Fail", |report, cluster| {
        removed::by_namespace(report, cluster);
    }),
];

/// Plays it all; says whether everything held. The arguments are the image as an archive, the program
/// in it, and the parts to play where not all of them are wanted.
pub fn play(arguments: &[String]) -> bool {
    let [archive, program, parts @ ..] = arguments else {
        eprintln!("usage: install ARCHIVE PROGRAM [PART…], see `make test-install`");
        return false;
    };
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    let mut report = Report::new();
    let older = wanted("skew").then(|| skew::Older::make(program.as_ref()));
    println!("starting a control plane and two nodes");
    let images = older.iter().map(|older| older.archive.clone());
    let mut cluster =
        Cluster::start(&[PathBuf::from(archive)].into_iter().chain(images).collect::<Vec<_>>());
    release::make_namespaces(&cluster);
    let mut part = |name: &str, title: &str, play: &mut dyn FnMut(&mut Report, &mut Cluster)| {
        if !wanted(name) || guard::is_interrupted() {
            return;
        }
        report.part(title, |report| play(report, &mut cluster));
        if report.has_new_failures() && !guard::is_interrupted() {
            eprintln!("{}", release::last_words(&cluster));
        }
    };
    part("warn", "The chart with its defaults", &mut |report, cluster| {
        installed::with_defaults(report, cluster);
    });
    part("deny", "--set enforcement=deny", &mut |report, cluster| {
        installed::enforced(report, cluster);
    });
    part("own", "Its own objects", &mut |report, cluster| {
        own_objects::pass(report, cluster, program);
    });
    part("ignore", "What is lost under failurePolicy: Ignore", &mut |report, cluster| {
        losses::under(report, cluster, "Ignore");
    });
    part("fail", "What is lost under failurePolicy: Fail", &mut |report, cluster| {
        losses::under(report, cluster, "Fail");
    });
    part("nobody", "No replica anywhere, under failurePolicy: Fail", &mut |report, cluster| {
        nobody::answers(report, cluster);
    });
    for (name, title, play) in REMOVALS {
        part(name, title, &mut |report, cluster| play(report, cluster));
    }
    part("skew", "Two versions, under failurePolicy: Fail", &mut |report, cluster| {
        if let Some(older) = &older {
            skew::f81_what_both_versions_know_never_gives_way(
                report,
                cluster,
                older,
                program.as_ref(),
            );
        }
    });
    report.end()
}
