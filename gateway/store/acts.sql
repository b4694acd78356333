-- What people did to a declaration, with their personal text where it is still kept.
-- name: acts_of
SELECT e.seq, e.kind, e.at, e.text, coalesce(s.body, o.body, CASE e.kind WHEN 'approval.asked' THEN a.body ELSE a.ending END) AS personal
FROM event e
LEFT JOIN step s ON s.declaration_id = e.declaration_id AND s.event_seq = e.seq
LEFT JOIN officer_verification o ON o.declaration_id = e.declaration_id AND o.event_seq = e.seq
LEFT JOIN approval a ON e.kind IN ('approval.asked', 'approval.ended') AND a.declaration_id = e.declaration_id
    AND a.id::text = e.text::json #>> '{body,approval}'
WHERE e.declaration_id = %(id)s::uuid AND (%(approvals)s OR e.kind NOT IN ('approval.asked', 'approval.ended'))
  AND (position('"by":{"' IN e.text) > 0 OR s.event_seq IS NOT NULL OR o.event_seq IS NOT NULL)
ORDER BY e.seq;

-- What officers did by their own judgement, the newest first.
-- name: acts
SELECT a.number, a.kind AS act, d.id::text AS id, d.lrn, d.mrn, e.seq, e.kind, e.at, e.text, coalesce(s.body, o.body) AS personal
FROM act a
JOIN declaration d ON d.id = a.declaration_id
JOIN event e ON e.declaration_id = a.declaration_id AND e.seq = a.event_seq
LEFT JOIN step s ON s.declaration_id = a.declaration_id AND s.event_seq = a.event_seq
LEFT JOIN officer_verification o ON o.declaration_id = a.declaration_id AND o.event_seq = a.event_seq
WHERE a.number < %(before)s AND a.kind = ANY (%(kinds)s::text[]) AND a.at >= %(since)s AND a.at < %(until)s
  AND (%(offices)s::text[] IS NULL OR is_at_offices(a.declaration_id, %(offices)s))
ORDER BY a.number DESC LIMIT %(limit)s;

-- The same of one person, by name or by the id of a key.
-- name: acts_of_person
SELECT a.number, a.kind AS act, d.id::text AS id, d.lrn, d.mrn, e.seq, e.kind, e.at, e.text, coalesce(s.body, o.body) AS personal
FROM act a
JOIN declaration d ON d.id = a.declaration_id
JOIN event e ON e.declaration_id = a.declaration_id AND e.seq = a.event_seq
LEFT JOIN step s ON s.declaration_id = a.declaration_id AND s.event_seq = a.event_seq
LEFT JOIN officer_verification o ON o.declaration_id = a.declaration_id AND o.event_seq = a.event_seq
WHERE a.number < %(before)s AND a.kind = ANY (%(kinds)s::text[]) AND a.at >= %(since)s AND a.at < %(until)s
  AND (%(offices)s::text[] IS NULL OR is_at_offices(a.declaration_id, %(offices)s))
  AND (
      jsonb_path_exists(
          coalesce(s.body, o.body)::jsonb, '$.** ? (@.person == $who || @.officer == $who || @.second_officer == $who)',
          jsonb_build_object('who', %(person)s::text)
      )
      OR e.text::json #>> '{body,by,id}' = %(person)s OR e.text::json #>> '{body,second,id}' = %(person)s
  )
ORDER BY a.number DESC LIMIT %(limit)s;
